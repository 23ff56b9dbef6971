"""`xiaoer new-knowledge`: a small working knowledge folder to start from."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from bot.errors import XiaoerError

STARTER = Path(__file__).parent / "starter"


def run(folder: Path) -> None:
    """Write the starter folder to `folder` and say what to do next."""
    create(folder)
    at = quote(str(folder))
    print(f"已新建知识库 {folder}:写的是一家虚构的小店,请换成您自己的。字段的说明在 {folder / 'README.md'}。")
    print("接下来:")
    print(f'  xiaoer ask --knowledge {at} "几点关门"')
    print(f"  xiaoer chat --knowledge {at}")
    print(f"  xiaoer check --knowledge {at}")


def create(folder: Path) -> None:
    """Write the starter folder. Raises XiaoerError when `folder` holds anything already or cannot be written."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise XiaoerError(f"{folder} 不是空文件夹,为免覆盖,什么也没有写。请换一个新的文件夹名")
        # Contents only: where the program is installed its files may be read-only, and these are there to be edited.
        for original in sorted(path for path in STARTER.rglob("*") if path.is_file()):
            copy = folder / original.relative_to(STARTER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(original.read_bytes())
    except OSError as error:
        raise XiaoerError(f"写不了 {folder}: {error.strerror}") from None
