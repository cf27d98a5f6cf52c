"""One process serves every workspace that installed the app, each as if it were served alone."""
