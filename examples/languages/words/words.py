"""Answers GET /?text=... with the number of its words and letters.

There is no tracing code here: the annotation in kubernetes.yaml brings it in from outside.
"""

import os
import signal
import sys

from flask import Flask, request
from waitress import serve

app = Flask("words")


@app.get("/")
def count():
    text = request.args.get("text", "")
    return {"words": len(text.split()), "letters": sum(map(str.isalpha, text))}


if __name__ == "__main__":
    # Ends by leaving the program, not by the signal itself: what watches it can send its last data.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("PORT") or "8080")
    print(f"words listens on port {port}", flush=True)
    serve(app, host="0.0.0.0", port=port, threads=4)
