#!/usr/bin/env bash
# FFmpeg n9.0.2 (of imageio-ffmpeg 0.8.1): `-progress` gives the position of the output (out_time_us, out_time_ms, out_time)
# as N/A in the middle of a run, after it gave numbers, while `frame` goes on counting. Only the last block has it again.
# Input: 20 s of pictures with 12 s of sound, both encoded anew. Seen: numbers up to 17.7 s, then N/A for the frames 457 to
# 495, then 19.920000 at frame 500. FFmpeg 5.1.9 (Debian 12) gives a number in each block.
# A program that takes N/A for 0, or for the end of the tool, shows a bar that falls or stops.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1
ffmpeg=$("$folder/venv/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
pictures=testsrc2=size=640x360:rate=25:duration=20
"$ffmpeg" -v error -nostdin -f lavfi -i $pictures -f lavfi -i sine=440:duration=12 -c:v libx264 -preset ultrafast -c:a aac \
    "$folder/in.mp4"
"$ffmpeg" -v error -nostdin -i "$folder/in.mp4" -c:v libx264 -preset medium -s 1280x720 -stats_period 0.1 -progress pipe:1 \
    "$folder/out.mp4" > "$folder/progress"
"$ffmpeg" -version | head -1
python3 - "$folder/progress" <<'PYTHON'
import sys

blocks, block = [], {}
for line in open(sys.argv[1]):
    key, _, value = line.strip().partition("=")
    block[key] = value
    if key == "progress":
        blocks.append((int(block["frame"]), block["out_time_us"]))
unknown = [index for index, (_, position) in enumerate(blocks) if position == "N/A"]
known = [index for index, (_, position) in enumerate(blocks) if position != "N/A"]
for index in known[-2:-1] + unknown[:1] + unknown[-1:] + known[-1:]:
    print("frame %d, out_time_us %s" % blocks[index])
later = [index for index in unknown if index > known[0]]
counting = len({blocks[index][0] for index in later}) > 1
sys.exit(not (len(later) > 1 and counting and known[-1] == len(blocks) - 1))
PYTHON
