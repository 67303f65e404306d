"""Files that other programs get: scripts and binaries that are launched, and words of command lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

LAUNCHED = {
    "shell": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run('./tool.sh', shell=True, capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "shell args": Situation(
        {
            "tool.sh": '#!/bin/sh\ncat "$1"\n',
            "conf.txt": "c",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run('./tool.sh conf.txt', shell=True, capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "c",
    ),
    "sh c": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['sh','-c','./tool.sh'], capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "bash c": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['bash','-ec','./tool.sh && true'], capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "env": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['env','X=1','./tool.sh'], capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "abs": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": HERE
            + (
                "import subprocess,sys,os\n"
                "print(subprocess.run([HERE+'/tool.sh'], capture_output=True, text=True, "
                "check=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "tool",
    ),
    "cwd": Situation(
        {
            "bin/tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['./tool.sh'],cwd='bin', capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "os system": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import os,sys\nsys.stdout.flush()\nos.system('./tool.sh')\n",
        },
        ("app.py",),
        "tool",
    ),
    "popen": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import os\nprint(os.popen('./tool.sh').read().strip())\n",
        },
        ("app.py",),
        "tool",
    ),
    "spawnv": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import os\nos.spawnv(os.P_WAIT,'./tool.sh',['tool.sh'])\n",
        },
        ("app.py",),
        "tool",
    ),
    "execvp path": Situation(
        {
            "bin/mytool": "#!/bin/sh\necho tool\n",
            "app.py": HERE
            + ("os.environ['PATH']=HERE+'/bin:'+os.environ['PATH']\nos.execvp('mytool',['mytool'])\n"),
        },
        ("app.py",),
        "tool",
    ),
    "run path": Situation(
        {
            "bin/mytool": "#!/bin/sh\necho tool\n",
            "app.py": HERE
            + (
                "import subprocess,sys,os\n"
                "os.environ['PATH']=HERE+'/bin:'+os.environ['PATH']\n"
                "print(subprocess.run(['mytool'], capture_output=True, text=True, "
                "check=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "tool",
    ),
    "run envpath": Situation(
        {
            "bin/mytool": "#!/bin/sh\necho tool\n",
            "app.py": HERE
            + (
                "import subprocess,sys,os\n"
                "print(subprocess.run(['mytool'],env={**os.environ,"
                "'PATH':HERE+'/bin:'+os.environ['PATH']}, capture_output=True, text=True, "
                "check=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "tool",
    ),
    "asyncio": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import asyncio\nasync def m():\n"
            "    p=await asyncio.create_subprocess_exec('./tool.sh',"
            "stdout=asyncio.subprocess.PIPE)\n"
            "    print((await p.communicate())[0].decode().strip())\n"
            "asyncio.run(m())\n",
        },
        ("app.py",),
        "tool",
    ),
    "posix spawnp": Situation(
        {
            "tool.sh": "#!/bin/sh\necho tool\n",
            "app.py": "import os\nos.waitpid(os.posix_spawnp('./tool.sh',['tool.sh'],os.environ),0)\n",
        },
        ("app.py",),
        "tool",
    ),
    "cat stdin": Situation(
        {
            "in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['cat'],stdin=open('in.txt'),capture_output=True,"
            "text=True).stdout)\n",
        },
        ("app.py",),
        "I",
    ),
    "shell redirect": Situation(
        {
            "in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run('cat < in.txt', shell=True, capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "I",
    ),
    "shell cd": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run('cd cfg && cat x.txt', shell=True, capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "1",
    ),
    "cat arg": Situation(
        {
            "in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['cat','in.txt'], capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "I",
    ),
    "cat opt": Situation(
        {
            "in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['sed','-n','-e','p','in.txt'], capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "I",
    ),
    "opt eq": Situation(
        {
            "p.sed": "s/a/b/",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['sed','--file=p.sed'],input='a', capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "b",
    ),
    "opt glued": Situation(
        {
            "p.sed": "s/a/b/",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['sed','-fp.sed'],input='a', capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "b",
    ),
    "cat dir": Situation(
        {
            "d/in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['cat','d/in.txt'], capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "I",
    ),
    "ls dir": Situation(
        {
            "d/in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run(['ls','d'], capture_output=True, text=True, "
            "check=True).stdout.strip())\n",
        },
        ("app.py",),
        "in.txt",
    ),
    "py child arg": Situation(
        {
            "w.py": "import sys;print(open(sys.argv[1]).read())",
            "in.txt": "I",
            "app.py": "import subprocess,sys,os\n"
            "print(subprocess.run([sys.executable,'w.py','in.txt'], capture_output=True, "
            "text=True, check=True).stdout.strip())\n",
        },
        ("app.py",),
        "I",
    ),
    "mp data": Situation(
        {
            "in.txt": "I",
            "app.py": "import multiprocessing as m\ndef f(p): return open(p).read()\n"
            "if __name__=='__main__':\n    m.set_start_method('spawn')\n"
            "    print(m.Pool(1).map(f,['in.txt'])[0])\n",
        },
        ("app.py",),
        "I",
    ),
}


@pytest.mark.parametrize("name", LAUNCHED)
def test_it_prints_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    Placed(tmp_path).place(LAUNCHED[name])
