"""Small export archives, laid out as the services write them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from llm_engineering.application.crawl.exports.archive import Archive, ArchiveLimits
from llm_engineering.application.crawl.exports.crawler import ExportCrawler
from llm_engineering.application.crawl.exports.pieces import Found, Piece
from llm_engineering.application.crawl.links import LocalLink
from llm_engineering.application.crawl.port import NOTHING_KNOWN, Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Item, Visit, VisitEnd
from llm_engineering.domain.authors import Author
from llm_engineering.domain.outcomes import Dropped

ADA = Author.from_full_name("Ada Lovelace")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

LINKEDIN = {
    "Profile.csv": (
        "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,Zip Code,Geo Location,"
        "Twitter Handles,Websites,Instant Messengers\n"
        'Ada,Lovelace,,,,"Analyst, engines",,Software,,London,,,\n'
    ),
    "Shares_155814142.csv": (
        "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
        "2026-05-07 16:41:18,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7448081445065035776,"
        '"The engine weaves ""algebraic"" patterns,\njust as the loom weaves flowers.",'
        "https://ada.dev/notes?utm_source=linkedin,https://media.licdn.com/dms/image/1,MEMBER_NETWORK\n"
        "2026-04-01 12:00:00,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7448081445065035000,,,,\n"
    ),
    "Comments_155814142.csv": (
        "Date,Link,Message\n"
        "2026-05-08 09:30:00,https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7458194261025673216,"
        '"It has no pretensions to \\"originate\\" anything,\nI think."\n'
    ),
    "Articles/Articles/2026-02-24 00:06:13.0-notes-on-the-engine.html": (
        "<html>\n<head>\n  <title>Notes on the engine</title>\n  <style>body { margin: 0 auto; }</style>\n</head>\n"
        '<body>\n    <img src="https://media.licdn.com/mediaD4D12AQFX3i-F9lpzcg" alt="" title="" />\n'
        '      <h1><a href="https://www.linkedin.com/pulse/notes-engine-ada-lovelace-tvl1f?trk=x">'
        'Notes on the engine</a></h1>\n    <p class="created">Created on 2026-02-24 00:06</p>\n'
        '  <p class="published">Published on 2026-02-24 00:09</p>\n'
        "  <div><p>The engine can do <strong>whatever we know</strong> how to order it.</p><h3>Loops</h3>"
        "<ul><li>cards</li><li>backing</li></ul></div>\n</body>\n</html>"
    ),
    "messages.csv": "CONVERSATION ID,FROM,TO,DATE,CONTENT\nc1,Charles,Ada,2026-01-01 10:00:00 UTC,Secret\n",
    "Connections.csv": 'Notes:\n"When exporting your connection data, ..."\n\nFirst Name,Last Name,URL\nCharles,B,\n',
}

_STORY_HEAD = '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>'


def medium_page(title: str, subtitle: str, grafs: str, canonical: str) -> str:
    return (
        f'{_STORY_HEAD}{title}</title></head><body><article class="h-entry">\n<header>\n<h1 class="p-name">{title}'
        f'</h1>\n</header>\n<section data-field="subtitle" class="p-summary">\n{subtitle}\n</section>\n'
        '<section data-field="body" class="e-content">\n<section name="2eef" class="section section--body'
        ' section--first section--last"><div class="section-divider"><hr class="section-divider"></div>'
        '<div class="section-content">'
        f'<div class="section-inner sectionLayout--insetColumn">{grafs}</div></div></section>\n</section>\n'
        '<footer><p>By <a href="https://medium.com/@ada" class="p-author h-card">Ada Lovelace 🦉</a> on '
        '<a href="https://medium.com/p/7f2a57783f69"><time class="dt-published" datetime="2023-12-17T15:08:19.728Z">'
        f'December 17, 2023</time></a>.</p><p><a href="{canonical}" class="p-canonical">Canonical link</a></p>'
        '<p>Exported from <a href="https://medium.com">Medium</a> on July 8, 2025.</p></footer></article></body></html>'
    )


MEDIUM = {
    "README.html": "<html><body>Your data</body></html>",
    "posts/2023-12-17_On-Engines-7f2a57783f69.html": medium_page(
        "On Engines",
        "A first look",
        '<h3 name="a6b6" id="a6b6" class="graf graf--h3 graf--leading graf--title">On Engines</h3>'
        '<h4 name="a6b7" class="graf graf--h4 graf-after--h3 graf--subtitle">A first look</h4>'
        '<p name="c709" class="graf graf--p graf-after--h4">It <em class="markup--em">weaves</em> patterns.</p>'
        '<figure name="97ec" class="graf graf--figure graf-after--p"><img class="graf-image" alt="The mill" '
        'src="https://cdn-images-1.medium.com/max/800/1*uQ.png"><figcaption class="imageCaption">Plate 1</figcaption>'
        '</figure><pre name="1415" class="graf graf--pre graf-after--figure">a = 1<br>b = 2</pre>',
        "https://medium.com/@ada/on-engines-7f2a57783f69?source=rss-1------2",
    ),
    "posts/2023-12-18_I-agree-entirely-0123456789ab.html": medium_page(
        "I agree entirely.",
        "I agree entirely. But the cards…",
        '<p name="c710" class="graf graf--p graf--leading graf--trailing">I agree entirely. But the cards matter.</p>',
        "https://medium.com/@ada/i-agree-entirely-0123456789ab",
    ),
    "posts/draft_Unfinished-aabbccddeeff.html": medium_page("Unfinished", "", "<p>Not yet.</p>", ""),
    "claps/claps-0001.html": "<html><body>what Ada liked</body></html>",
}

SUBSTACK = {
    "posts.csv": (
        "post_id,post_date,is_published,email_sent_at,inbox_sent_at,type,audience,title,subtitle,podcast_url\n"
        "111.first-letter,2026-07-18T04:27:59.900Z,true,2026-07-18T04:27:59.330Z,,newsletter,everyone,"
        '"First, a letter",On beginnings,\n'
        "222.for-friends,2026-07-19T04:27:59.900Z,true,,,newsletter,only_paid,For friends,,\n"
        "333.rough-idea,,false,,,newsletter,everyone,Rough idea,,\n"
        "444.thread,2026-07-20T04:27:59.900Z,true,,,thread,everyone,A thread,,\n"
    ),
    "posts/111.first-letter.html": (
        "<h2>Part one</h2><p>It begins.</p>"
        '<div class="subscription-widget-wrap-editor" data-attrs="{}"><div class="subscription-widget"><div '
        'class="preamble"><p class="cta-caption">Thanks for reading!</p></div></div></div>'
        '<p class="button-wrapper" data-attrs="{}"><a class="button primary" href="%%checkout_url%%"><span>'
        'Subscribe now</span></a></p><blockquote><p>A quote.</p></blockquote><p>See <a href="/p/older">this</a>.</p>'
    ),
    "posts/222.for-friends.html": "<p>Paid words.</p>",
    "posts/333.rough-idea.html": "<p>Half a thought.</p>",
    "posts/111.opens.csv": "post_id,timestamp,email\n111,2026-07-18,charles@example.org\n",
    "email_list.adaletters.csv": "email,active_subscription,expiry\ncharles@example.org,false,\n",
}

X_ACCOUNT = """window.YTD.account.part0 = [
  {
    "account" : {
      "email" : "ada@example.org",
      "createdVia" : "web",
      "username" : "ada",
      "accountId" : "322603863",
      "createdAt" : "2011-06-23T13:04:14.000Z",
      "accountDisplayName" : "Ada"
    }
  }
]"""


def tweet(tweet_id: str, full_text: str, *, more: str = "", entities: str = "") -> str:
    """Return one entry of tweets.js; `more` and `entities` are further members, each with a comma before it."""
    return (
        f'{{"tweet" : {{"edit_info" : {{"initial" : {{"editTweetIds" : ["{tweet_id}"], "editsRemaining" : "5"}}}}, '
        '"retweeted" : false, "source" : "<a href=\\"https://mobile.twitter.com\\">Twitter Web App</a>", '
        f'"entities" : {{"hashtags" : [ ], "symbols" : [ ], "user_mentions" : [ ]{entities}}}, '
        f'"display_text_range" : ["0", "71"], "favorite_count" : "1", "id_str" : "{tweet_id}", "truncated" : false, '
        f'"retweet_count" : "0", "id" : "{tweet_id}", "created_at" : "Sat Feb 18 12:33:11 +0000 2023", '
        f'"favorited" : false, "full_text" : "{full_text}", "lang" : "en"{more}}}}}'
    )


def tweets_js(*tweets: str, part: int = 0) -> str:
    return f"window.YTD.tweets.part{part} = [\n  {', '.join(tweets)}\n]"


X = {
    "Your archive.html": "<html></html>",
    "data/account.js": X_ACCOUNT,
    "data/tweets.js": tweets_js(
        tweet("1001", "Cards &amp; looms"),
        tweet("1002", "RT @charles: Not mine"),
    ),
    "data/direct-messages.js": 'window.YTD.direct_messages.part0 = [{"dmConversation": {"messages": []}}]',
    "data/tweets_media/1001-photo.jpg": "binary",
}


def zipped(members: Mapping[str, str | bytes]) -> BytesIO:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer


def archive_of(members: Mapping[str, str | bytes], limits: ArchiveLimits | None = None) -> Archive:
    return Archive(ZipFile(zipped(members)), limits or ArchiveLimits())


def pieces(found: list[Found]) -> list[Piece]:
    return [item for item in found if isinstance(item, Piece)]


def reasons(found: list[Found] | list[Item]) -> dict[str, str]:
    return {item.item: item.reason for item in found if isinstance(item, Dropped)}


def crawled(
    folder: Path,
    members: Mapping[str, str | bytes],
    *,
    known: Freshness = NOTHING_KNOWN,
    limits: ArchiveLimits | None = None,
    **source: object,
) -> tuple[list[Item], VisitEnd]:
    """Return what the archive of these members, export.zip in the folder, yields and returns."""
    path = folder / "export.zip"
    if not path.exists():
        path.write_bytes(zipped(members).getvalue())
    given = Source.model_validate({"link": str(path), **source})
    visit = Visit(LocalLink(path.resolve()), ADA, given, known)
    visited = ExportCrawler(lambda: NOON, limits).crawl(visit)
    items: list[Item] = []
    while True:
        try:
            items.append(next(visited))
        except StopIteration as end:
            return items, end.value
