"""Two words by which a caller and an agent know that their consoles show the same call.

Words that are short, told apart on a bad line, and mean nothing here. A phrase proves nothing by itself: it only has to
be one that a stranger on the telephone does not hit, of fifty thousand.
"""

import secrets

_WORDS = """
acorn album almond amber anchor anvil apple apron arrow atlas autumn bacon badge bagel balcony bamboo banjo barley
barrel basin basket beacon beaver bellows berry biscuit blanket blossom bonnet border bottle boulder bracket branch
breeze bridge bronze bucket buffalo bumper burrow butter button cabin cactus camel candle canvas canyon captain
caramel caravan carbon cargo carpet carrot castle cedar cello chapel cherry chimney cinder cinema circle citrus
clover cobalt coconut coffee comet compass copper coral corner cotton cradle crater cricket crystal cuckoo curtain
cushion dahlia daisy dancer desert diamond dolphin domino donkey dragon dune eagle elbow ember emerald engine falcon
feather fennel ferry fiddle finch flagon flint forest fossil fountain foxglove fragment garden garlic garnet gazelle
ginger glacier goblet granite gravel grotto guitar hammer hammock harbour harvest hazel hedgehog helmet heron
hickory hollow honey horizon indigo island ivory jacket jaguar jasmine jigsaw jungle juniper kettle kiosk kitten
ladder lagoon lantern lattice lavender lemon lentil lilac linen lizard lobster locket lotus magnet mango maple
marble market marmot meadow melon mirror mitten mosaic muffin museum mustard napkin nectar needle nickel nutmeg
oasis ocean olive onyx orchard orchid otter oyster paddle palace panther paper parade parrot pebble pelican pepper
piano picnic pigeon pillow pine planet plaza plum pocket pollen pony poplar potter prairie puffin pumpkin puzzle
quarry quartz quill rabbit radish raisin raven ribbon river robin rocket rubber saddle saffron salmon sandal satchel
saturn scarlet shelter silver
"""
WORDS = tuple(_WORDS.split())


def new_phrase() -> str:
    """Two words, by chance."""
    return f"{secrets.choice(WORDS)} {secrets.choice(WORDS)}"
