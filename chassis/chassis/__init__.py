"""What every Posthouse service stands on. Knows no service."""
