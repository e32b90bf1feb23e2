"""Methods side by side: the same degraded scans, aligned guides and scores for all."""
