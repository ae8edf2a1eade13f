"""The SMS channel: messages in and out through Twilio, delivery states, opt-outs.

It knows phone numbers, messages and interactions. It knows nothing of customers, cases or agents.
"""
