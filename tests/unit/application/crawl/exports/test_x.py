from llm_engineering.application.crawl.exports import x
from llm_engineering.application.crawl.exports.pieces import Found, Piece
from tests.support.exports import X_ACCOUNT, X, archive_of, pieces, reasons, tweet, tweets_js


def _found(*tweets: str, **files: str) -> list[Found]:
    members = {"data/account.js": X_ACCOUNT, "data/tweets.js": tweets_js(*tweets)}
    return list(x.read(archive_of(members | {f"data/{name}.js": text for name, text in files.items()})))


def _only(*tweets: str, **files: str) -> Piece:
    (piece,) = pieces(_found(*tweets, **files))
    return piece


def test_a_post_has_its_address_and_time() -> None:
    post = pieces(list(x.read(archive_of(X))))[0]
    assert post.text == "Cards & looms"
    assert post.address == "https://x.com/ada/status/1001"
    assert post.facts == {"published_at": "2023-02-18T12:33:11+00:00", "in_reply_to": None}


def test_a_retweet_is_left_out() -> None:
    assert reasons(list(x.read(archive_of(X)))) == {"https://x.com/ada/status/1002": "retweet"}


def test_short_links_are_written_out_and_pictures_set_apart() -> None:
    media = '{"url" : "https://t.co/pic", "media_url_https" : "https://pbs.twimg.com/media/a.jpg", "type" : "photo"}'
    links = '{"url" : "https://t.co/abc", "expanded_url" : "https://ada.dev/a?b=1&amp;c=2", "display_url" : "ada.dev"}'
    piece = _only(
        tweet("1", "See https://t.co/abc https://t.co/pic", entities=f', "urls" : [{links}], "media" : [{media}]')
    )
    assert piece.text == "See https://ada.dev/a?b=1&amp;c=2"
    assert piece.image == "https://pbs.twimg.com/media/a.jpg"


def test_a_reply_to_somebody_says_so() -> None:
    more = ', "in_reply_to_status_id_str" : "77", "in_reply_to_screen_name" : "charles"'
    assert _only(tweet("1", "@charles No", more=more)).facts["in_reply_to"] == "https://x.com/charles/status/77"


def test_a_thread_is_one_post_in_the_order_of_time() -> None:
    def reply(to: str) -> str:
        return f', "in_reply_to_status_id_str" : "{to}", "in_reply_to_screen_name" : "ada"'

    thread = _only(tweet("10", "Three", more=reply("9")), tweet("8", "One"), tweet("9", "Two", more=reply("8")))
    assert (thread.text, thread.address) == ("One\n\nTwo\n\nThree", "https://x.com/ada/status/8")


def test_a_thread_holds_together_over_a_post_without_words() -> None:
    media = ', "media" : [{"url" : "https://t.co/p", "media_url_https" : "https://pbs.twimg.com/m.jpg"}]'
    middle = tweet("2", "https://t.co/p", entities=media, more=', "in_reply_to_status_id_str" : "1"')
    found = _found(tweet("1", "One"), middle, tweet("3", "Three", more=', "in_reply_to_status_id_str" : "2"'))
    assert [piece.text for piece in pieces(found)] == ["One\n\nThree"]
    assert reasons(found) == {"https://x.com/ada/status/2": "no_words"}


def test_a_long_post_gets_its_whole_text() -> None:
    start = "The Analytical Engine has no pretensions whatever to originate anything"
    note = (
        'window.YTD.note_tweet.part0 = [{"noteTweet" : {"noteTweetId" : "9", '
        '"createdAt" : "2023-02-18T12:33:12.000Z", "updatedAt" : "2023-02-18T12:33:12.000Z", "core" : {"text" : '
        f'"{start}. It can do https://t.co/n", "urls" : [{{"expandedUrl" : "https://ada.dev/n", '
        '"shortUrl" : "https://t.co/n", "fromIndex" : "80", "toIndex" : "95"}], "mentions" : [ ], "hashtags" : [ ]}}}]'
    )
    found = _found(tweet("1", f"{start}. It… https://t.co/zz"), tweet("2", "Other"), **{"note-tweet": note})
    assert [piece.text for piece in pieces(found)] == [f"{start}. It can do https://ada.dev/n", "Other"]


def test_a_long_text_without_its_post_and_one_of_another_layout_are_left_out() -> None:
    note = '{"noteTweet" : {"noteTweetId" : "9", "createdAt" : "2023-02-18T12:33:12.000Z", "core" : {"text" : "Gone"}}}'
    found = _found(tweet("1", "One"), **{"note-tweet": f"window.YTD.note_tweet.part0 = [{note}, {{}}]"})
    assert reasons(found) == {"data/note-tweet.js:9": "no_post", "data/note-tweet.js:1": "unknown_layout"}


def test_further_parts_and_old_names_are_read_and_a_post_counts_once() -> None:
    parts = {"tweets-part1": tweets_js(tweet("2", "Two"), tweet("1", "One again"), part=1)}
    found = _found(tweet("1", "One"), **parts)
    assert {piece.address for piece in pieces(found)} == {f"https://x.com/ada/status/{number}" for number in "12"}
    assert reasons(found) == {"https://x.com/ada/status/1": "duplicate"}


def test_without_an_account_the_address_still_leads_there() -> None:
    old = (
        'window.YTD.tweet.part0 = [{"id_str": "5", "full_text": "Hi", "created_at": "Sat Feb 18 12:33:11 +0000 2023"}]'
    )
    (post,) = pieces(list(x.read(archive_of({"data/tweet.js": old}))))
    assert post.address == "https://x.com/i/status/5"


def test_what_is_no_assignment_of_a_list_is_dropped_not_run() -> None:
    for script in ("fetch('https://evil.example')", "window.YTD.tweets.part0 = {}", "window.YTD.tweets.part0 = [1,"):
        found = list(x.read(archive_of({"data/tweets.js": script})))
        assert reasons(found).keys() == {"data/tweets.js"}


def test_an_entry_of_another_shape_does_not_stop_the_others() -> None:
    found = _found('{"tweet" : {"id_str" : "x"}}', "3", tweet("1", "One"))
    assert [piece.text for piece in pieces(found)] == ["One"]
    assert reasons(found) == {"data/tweets.js:0": "unknown_layout", "data/tweets.js:1": "unknown_layout"}


def test_json_that_nests_without_end_is_dropped() -> None:
    deep = "window.YTD.tweets.part0 = " + "[" * 200_000
    assert reasons(list(x.read(archive_of({"data/tweets.js": deep})))) == {"data/tweets.js": "damaged_member"}
