/// What another program says, without the folders of this machine.
package func withoutPaths(_ words: String) -> String {
    words.split(separator: " ", omittingEmptySubsequences: false).map { word in
        word.contains("/") && !word.contains("://") ? "…" : String(word)
    }.joined(separator: " ")
}
