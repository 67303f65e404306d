"""Properties of every plan: the order of the facts does not matter, every remote is below the root."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_world import PROJECT, SITE, distribution, facts, main_module, module, namespace, process, script

from automount.model import (
    DataAccess,
    DataPolicy,
    Disposition,
    Layout,
    Origin,
    Policy,
    Scope,
    ScriptEntrypoint,
    Status,
)
from automount.paths import is_below
from automount.plan import DataFact, data_rows, make_plan

ARCHIVE = "/p/libs.zip"
POOL: tuple[Disposition, ...] = (
    script("/p/src/app.py"),
    module("deps", "/p/src/deps.py", line=2),
    module("deps", "/q/deps.py", process=1),
    module("deps", "/p/src/deps.py", by="pkg", status=Status.FOUND, process=2),
    module("pkg", "/p/src/pkg/__init__.py", locations=("/p/src/pkg", "/q/pkg")),
    module("pkg.m", "/p/src/pkg/m.py", by="pkg"),
    module("pkg.n", "/q/pkg/n.py", process=1),
    module("pkg", "/q/pkg/__init__.py", process=1),
    module("mapped", "/e/proj/lib/__init__.py", origin=Origin.EDITABLE, distribution=PROJECT),
    module("mapped._c", f"{SITE}/mapped/_c.so", origin=Origin.EDITABLE_ARTIFACT, distribution=PROJECT),
    module("chosen", "/p/conf/settings.py"),
    module("nowhere", "/far/elsewhere.py"),
    namespace("ns", ("/p/src/ns", Origin.LOCAL), ("/q/ns", Origin.LOCAL), (f"{SITE}/ns", Origin.INSTALLED)),
    module("ns.a", "/q/ns/a.py"),
    module("zed", f"{ARCHIVE}/zed.py", origin=Origin.ZIP, archive=ARCHIVE),
    module("zee", "/q/libs.zip/zee.py", origin=Origin.ZIP, archive="/q/libs.zip"),
    module("yaml", f"{SITE}/yaml.py", origin=Origin.INSTALLED, distribution=distribution("PyYAML")),
    module("gone", "/p/gone.py", origin=Origin.MISSING),
    main_module("pkg.job", "/p/src/pkg/job.py", process=2),
    script("/p/jobs/w.py", process=1),
    script("/far/w.py", process=2),
)
DATA = {
    DataAccess("/p/data/a.txt", "read", 0, "data/a.txt", "deps"): DataFact(Origin.LOCAL, 3),
    DataAccess("/p/data/a.txt", "read", 1, "/p/data/a.txt", "__main__"): DataFact(Origin.LOCAL, 3),
    DataAccess("/p/src/pkg/c.txt", "read", 0, "/p/src/pkg/c.txt", "pkg"): DataFact(Origin.LOCAL, 3),
}
PROCESSES = (process(path=("/p/src", ARCHIVE, "/q/libs.zip")), process(1, ("/q",), 0), process(2, parent=0))

policies = st.builds(
    Policy,
    scope=st.sampled_from(Scope),
    layout=st.sampled_from(Layout),
    data=st.sampled_from(DataPolicy),
    automount=st.booleans(),
)


@settings(max_examples=120, deadline=None)
@given(
    loaded=st.lists(st.sampled_from(POOL), unique_by=lambda row: row.record, max_size=len(POOL)),
    policy=policies,
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_the_facts_does_not_matter(
    loaded: list[Disposition], policy: Policy, order: object
) -> None:
    entry = ScriptEntrypoint("src/app.py", "/p/src/app.py")
    made = facts(*loaded, entry=entry, processes=PROCESSES, policy=policy, data=DATA, workspace="/p")
    plan = make_plan(made)

    shuffled = list(loaded)
    data = list(DATA)
    processes = list(PROCESSES)
    for held in (shuffled, data, processes):
        order.shuffle(held)
    journal = dataclasses.replace(
        made.journal,
        processes=tuple(processes),
        modules=tuple(row.record for row in shuffled),
        data=tuple(data),
    )
    again = dataclasses.replace(made, dispositions=tuple(shuffled), journal=journal)
    assert make_plan(again) == plan
    assert data_rows(again, plan, []) == data_rows(made, plan, [])

    assert all(is_below(mount.remote, "/root", strictly=True) for mount in plan.mounts)
    assert all(is_below(place, "/root") for place in plan.sys_path)
    assert len({(mount.local, mount.remote, mount.tree) for mount in plan.mounts}) == len(plan.mounts)
    assert all(mount.because for mount in plan.mounts)
    assert all(mount.because == tuple(sorted(set(mount.because))) for mount in plan.mounts)
    assert all(index < len(plan.mounts) for index in plan.module_mounts.values())
