import Diagnostics

let triggerPages: [CodePage] = [
    CodePage(
        .badSchedule, "a schedule that no clock can follow",
        "A schedule has the five fields of cron: minute, hour, day of the month, month, day of the week. A field is a number, a list (1,15), a range (1-5), a step (*/10) or `*`; months and days of the week have names, too. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` stand for five fields. A day that never comes, such as 31 February, is refused, since the automation would never start.",
        bad: scheduled.replacing("0 7 * * 1-5", with: "0 25 * * 1-5"), good: scheduled),
    CodePage(
        .unknownZone, "a time zone that there is not",
        "`zone` is a name of the tz database, such as `Europe/Berlin`: it says when clocks change, which an abbreviation such as CET or a distance from UTC does not.",
        bad: scheduled.replacing("Europe/Berlin", with: "Europe/Berlni"), good: scheduled),
    CodePage(
        .noDefault, "an input that nobody gives",
        "A clock starts the automation, and gives it nothing: each input needs a default, which counts then.",
        bad: scheduled.replacing(" = \"Berlin\"", with: ""), good: scheduled),
    CodePage(
        .badWebhook, "a webhook that cannot tell its sender from others",
        "`webhook: true` takes requests with a token. `webhook: { secret: secrets.NAME, header: \"…\" }` takes requests whose body is signed with a secret that the file declares, and the server has in its environment: a secret in the file itself would be known to all who read it.",
        bad: hooked.replacing("secrets.HOOK", with: "\"hunter2hunter2\"").replacing(
            "secret HOOK\n", with: ""),
        good: hooked),
]

private let scheduled = """
    automation "Morning weather"
    input city: text = "Berlin"
    START begin -> tell {
      prompt_template { schedule: "0 7 * * 1-5", zone: "Europe/Berlin" }
    }
    DATA_TRANSFORM tell -> end { prompt_template { value: "Weather of ${inputs.city}" } }

    """

private let hooked = """
    automation "New issue"
    input payload: json
    secret HOOK
    START begin -> name {
      prompt_template { webhook: { secret: secrets.HOOK, header: "X-Hub-Signature-256" } }
    }
    DATA_TRANSFORM name -> end { prompt_template { value: inputs.payload.?issue.?title.orValue(\"\") } }

    """

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let range = firstRange(ofText: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
