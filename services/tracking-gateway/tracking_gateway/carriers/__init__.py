"""One folder per outside source of parcel facts, with equal file names: mapping.json, parse.py, sign.py, client.py."""
