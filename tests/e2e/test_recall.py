"""Recall: every module of tests/recall, as `make recall` runs it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "recall"))

import recall  # noqa: E402

recall.main()
