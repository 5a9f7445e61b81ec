"""Who is who: records of persons and companies in, golden ids, evidence and links out.

Pure functions over frames. `resolve.py` is the way through; the others are its steps in order:
columns, normalise, declare, pairs, fit, decide, cluster, golden, survive.
"""
