// Command pitfalls runs one of the pitfalls of this folder: pitfalls NAME wrong|right.
//
// It prints what a user of the program would see, which is the same for both; the spans that it sends are not.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// pitfall holds a mistake and its mend. Each runs a small program and returns what its user sees.
type pitfall struct {
	wrong, right func(context.Context) (string, error)
}

var pitfalls = map[string]pitfall{
	"goroutine":    {goroutineWrong, goroutineRight},
	"outlives":     {outlivesWrong, outlivesRight},
	"baggage":      {baggageWrong, baggageRight},
	"request":      {requestWrong, requestRight},
	"ended-early":  {endedEarlyWrong, endedEarlyRight},
	"never-ended":  {neverEndedWrong, neverEndedRight},
	"open-body":    {openBodyWrong, openBodyRight},
	"not-flushed":  {notFlushedWrong, notFlushedRight},
	"status":       {statusWrong, statusRight},
	"span-names":   {spanNamesWrong, spanNamesRight},
	"propagator":   {propagatorWrong, propagatorRight},
	"https":        {httpsWrong, httpsRight},
	"carrier":      {carrierWrong, carrierRight},
	"carrier-case": {carrierCaseWrong, carrierRight},
	"batch":        {batchWrong, batchRight},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 2 || (arguments[1] != "wrong" && arguments[1] != "right") {
		return fmt.Errorf("usage: pitfalls NAME wrong|right; NAME is one of %s", names())
	}
	chosen, known := pitfalls[arguments[0]]
	if !known {
		return fmt.Errorf("there is no pitfall %q; write one of %s", arguments[0], names())
	}
	variant := chosen.right
	if arguments[1] == "wrong" {
		variant = chosen.wrong
	}
	seen, err := variant(context.Background())
	if err != nil {
		return err
	}
	fmt.Println(seen)
	return flush()
}

func names() string {
	list := make([]string, 0, len(pitfalls))
	for name := range pitfalls {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// flush sends what still waits, at the end of a program that does it right.
func flush() error {
	ctx, done := context.WithTimeout(context.Background(), 5*time.Second)
	defer done()
	for _, provider := range providers {
		if err := provider.Shutdown(ctx); err != nil {
			return err
		}
	}
	return nil
}
