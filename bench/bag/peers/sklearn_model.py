"""The scikit-learn peer: TF-IDF of word (and character) n-grams and a linear support vector machine."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import LinearSVC

WORDS_AND_PUNCTUATION = r"\w+|[^\w\s]"


def vectorizer(settings):
    """Words 1-2, and with `charactersMinDf` also characters 3-5 within words, weighted `charactersWeight`."""
    words = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=WORDS_AND_PUNCTUATION, sublinear_tf=True, min_df=settings["wordsMinDf"]
    )
    if "charactersMinDf" not in settings:
        return words
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=settings["charactersMinDf"]
    )
    return FeatureUnion(
        [("words", words), ("characters", characters)],
        transformer_weights={"words": 1.0, "characters": settings["charactersWeight"]},
    )


def classifier(settings):
    return LinearSVC(C=settings["c"], tol=settings["tolerance"], random_state=1)


def model(settings):
    return make_pipeline(vectorizer(settings), classifier(settings))
