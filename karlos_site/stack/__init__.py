"""The running stack: Redis, web server, workers and beat under one supervisor that restarts them and leaves nothing behind."""
