"""Reports, pictures and maps of a result."""
