"""Reading what carriers write, in Chinese and English."""
