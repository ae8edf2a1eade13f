"""The page on which a department answers: one document from the server, in both languages, without scripts."""
