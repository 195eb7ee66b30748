"""What the heuristic hears in a talk, one module per kind of signal, over the words and turns of words.py."""
