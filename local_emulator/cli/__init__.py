"""The command line: arguments, banner and commands."""
