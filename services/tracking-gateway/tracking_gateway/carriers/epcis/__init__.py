"""GS1 EPCIS 2.0: visibility events of partners, in the standard's JSON form."""
