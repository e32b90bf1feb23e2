"""Files in, files out: each format converts to RAS+ mm at its own border."""
