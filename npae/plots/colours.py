"""The colours of every figure: colour-blind readers can tell them apart, and so can readers of a print."""

# The palette of Okabe and Ito, "Color universal design" (2008), in the order of use.
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
WRONG = OKABE_ITO[5]  # of wrong pixels, and of anything else that a reader must not miss

# The same hues, in the same order, dark enough for lines and small marks on white: a contrast of at least 3 to 1.
INKS = ("#0072B2", "#BD7300", "#008A66", "#B3548A", "#2E8FC6", "#D55E00", "#000000", "#857500")
MORE_INKS = ("#6F42C1", "#7A4A2B")  # beyond the eight, for classes: as on the explorer's page
QUIET = "0.4"  # the grey of text that is not what the picture is about
