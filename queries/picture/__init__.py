"""Answers as pictures: what is drawn (scene), where (layers, fold) and how (page, svg)."""
