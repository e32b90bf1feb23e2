"""What enhancing does to measurements: tissue, lesions, registration and edges."""
