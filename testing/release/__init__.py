"""What a release needs besides its builds: one version in all packages."""
