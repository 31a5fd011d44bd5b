"""A WhatsApp-like phone in the browser and a stand-in for Twilio's API, so that everything runs with no account."""
