"""What a fleet of browser clients does to a gateway that takes 500 connections per second."""
