"""UMA in the webGUI: its pages, its relay and its channels, behind a real nginx with nchan and a real PHP.

``docroot/`` replaces the webGUI itself: a template, a form that saves, a login.
"""
