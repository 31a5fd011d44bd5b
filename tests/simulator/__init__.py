"""The simulator, with a little Karlos at the other end."""
