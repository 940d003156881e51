"""Fetches a quote and prints it, once. No tracing code here either; the standard library is all it needs."""

import os
from urllib.request import urlopen

with urlopen(os.environ.get("QUOTES_URL") or "http://quotes:8080/", timeout=10) as answer:
    print(answer.read().decode())
