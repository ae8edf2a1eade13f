"""What Twilio calls."""
