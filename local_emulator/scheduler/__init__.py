"""EventBridge Scheduler and schedule rules."""
