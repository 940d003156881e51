"""Answers POST /invoices with the number of an invoice for the order in the body.

There is no tracing code here: the annotation on the pod brings it in from outside.
"""

import itertools
import json
import os
import signal
import sys

from flask import Flask, request
from waitress import serve

app = Flask("invoice")
numbers = itertools.count(1)


@app.post("/invoices")
def make():
    order = request.get_json()
    made = {"number": next(numbers), "order": order["id"], "cents": order["cents"]}
    # The baggage as it came, for whoever wants to see how far it gets.
    print(json.dumps({"invoice": order["id"], "baggage": request.headers.get("baggage")}), flush=True)
    return made, 201


if __name__ == "__main__":
    # Ends by leaving the program, not by the signal itself: what watches it can send its last data.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("PORT") or "8080")
    print(f"invoice listens on port {port}", flush=True)
    serve(app, host="0.0.0.0", port=port, threads=4)
