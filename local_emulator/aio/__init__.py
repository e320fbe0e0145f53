"""asyncio: thread pool, timers and buffers."""
