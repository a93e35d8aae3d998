"""Takes members out of wheels: TARGET_FOLDER (WHEEL MEMBER TARGET)...

A member that ends with / is a folder, and goes to a folder. A member that is not there is
an error: a library that lacks it would fail much later and say much less. What may be
executed in the wheel may be afterwards.
"""

import os
import shutil
import sys
import zipfile

folder, *rest = sys.argv[1:]
for wheel, member, target in zip(rest[0::3], rest[1::3], rest[2::3]):
    taken = 0
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            name = entry.filename
            inside = name.startswith(member) and not name.endswith("/")
            if not (inside if member.endswith("/") else name == member):
                continue
            path = os.path.join(folder, target + name[len(member):])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            if entry.external_attr >> 16 & 0o100:
                os.chmod(path, 0o755)
            taken += 1
    if not taken:
        sys.exit(f"{member} is not in {wheel}")
