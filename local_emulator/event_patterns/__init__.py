"""Event patterns of EventBridge, Lambda and SNS: they are read once and matched against events. Pure."""
