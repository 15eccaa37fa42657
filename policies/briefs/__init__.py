"""Progress briefs: `compose` reads everything once into a plain dict, `words` puts it in words, `render` on paper."""
