module throughline/sandbox/tools/pause

go 1.26.0
