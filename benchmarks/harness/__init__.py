"""Code that several benchmarks share: processes, reports, plots, certificates."""
