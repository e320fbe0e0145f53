"""What a pipeline does first, for an environment that holds the package and nothing else (`make check-package`)."""

import io
from importlib.metadata import requires, version

from upload_progress_reporter import Update, UploadReporter, flush

seen: list[Update] = []

with UploadReporter(
    user_id="alice", upload_id="holiday-1", file_name="holiday.mp4", bytes_total=9, target=seen.extend
) as report:
    report.wrap(io.BytesIO(b"some data")).read()

assert flush()
assert [update["status"] for update in seen][-1] == "completed", seen
assert seen[-1]["bytesUploaded"] == 9
assert not [one for one in requires("upload-progress-reporter") or [] if "extra ==" not in one]
print("upload-progress-reporter", version("upload-progress-reporter"), "reported", len(seen), "updates")
