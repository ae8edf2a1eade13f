"""A telephone network and Twilio account on the laptop: REST API, signed webhooks and TwiML calls, without Twilio.

`app.build` makes the FastAPI application. Everything is kept in memory and moves on an injected clock.
"""
