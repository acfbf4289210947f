"""The local page of ``hai open``: a server on this machine alone, for those who do not program.

How the parts meet
------------------
- `safety` wraps every address: token, cookie, Host, Origin, the headers. Nothing else has to think of them; a handler that
  needs another Content-Security-Policy (a page of the book) sets that header itself.
- `studies` keeps what a person brought and chose. A `Study` is a frozen record of one folder: `cohort`, `dictionary`,
  `scans` are paths, `parameters` are the settings that differ from the profile, `runs` is the folder of kept runs.
  ``Studies.get(name)``, ``save(study)``, ``Study.resolved(root)`` (the `Parameters` of a build, files as absolute paths).
- `work` does what may take long in a forked child that can be stopped: ``await worked(request, study, "Reading", given, work)``
  of `pages`, where ``given`` is all that the answer depends on.
- `pages` renders a template: ``page(request, "read.html", study=study, step="read", **more)``. A template extends
  ``base.html`` and fills the blocks ``title`` and ``main``; `served` sends a file's bytes without a thread.
- `application` puts routes together. Each step module has ``routes: list[Route]``: `starting`, `understanding`, `checking`,
  `choosing`, and `reading` with the steps ``/study/{study}/read`` and ``/study/{study}/take``.
- `reading.resident(root)` is a context manager that ``hai open`` enters before the server exists: what it gives
  (a process forked while there is one thread) is ``request.app.state.resident``. ``request.app.state`` has
  ``studies``, ``workshop``, ``root`` and ``port`` too.

Handlers are ``async`` and start no thread, so that the server may fork at any time.
"""
