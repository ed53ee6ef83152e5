"""The checksum database as its client sees it: what it says is believed only with proof (golang.org/x/mod/sumdb).

Nothing is taken on trust but the database's public key. A signature (note) vouches for a tree head; RFC 6962 proofs
(tlog) tie a record, and every head seen before, to that head; tiles are how the database hands out a tree's hashes.
"""
