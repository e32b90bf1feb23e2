"""What was done and what came of it: pictures, a JSON sidecar and one self-contained page."""
