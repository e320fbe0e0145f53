"""Failure drills: something breaks while pipelines push and users watch, and what comes of it is measured."""
