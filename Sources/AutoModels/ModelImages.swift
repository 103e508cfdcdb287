import AutoChecker
import AutoRuntime
import StepKinds
import URLs
import Values

/// The url by which a provider is shown an image: a data url for bytes and files, any other url as it is.
///
/// - Parameter field: where the image stands, for the words of the failure.
/// - Throws: kind `field` for what is no image, or why the file cannot be read.
func imageAddress(_ image: Value, _ field: String, _ file: ImageFile) async throws(StepFailure) -> String {
    if case .bytes(let bytes) = image { return try dataURL(bytes, field) }
    guard let url = image.asText, isImageAddress(image) else {
        throw StepFailure(
            .field,
            "`\(field)` is \(describe(image)), expected bytes, an https url, a data url such as data:image/png;base64,…, or a file such as file:chart.png"
        )
    }
    let scheme = url.prefix(5).lowercased()
    if scheme == "file:" { return try dataURL(try await file(url), field) }
    guard scheme == "data:" else { return url }
    // Told from its bytes, whatever type it names: providers refuse one that is another.
    guard let bytes = bytes(ofDataURL: url) else {
        throw StepFailure(
            .field, "`\(field)` is a data url that cannot be read: expected data:image/png;base64,…")
    }
    return try dataURL(bytes, field)
}

/// The bytes of a `data:` url (RFC 2397), in base64 or percent-encoded; nil where it has none.
private func bytes(ofDataURL url: String) -> [UInt8]? {
    guard let comma = url.firstIndex(of: ",") else { return nil }
    let data = String(url[url.index(after: comma)...])
    guard url[..<comma].lowercased().hasSuffix(";base64") else { return percentDecodedBytes(data) }
    return decodeBase64(percentDecoded(data).filter { !$0.isWhitespace })
}

private func dataURL(_ bytes: [UInt8], _ field: String) throws(StepFailure) -> String {
    guard let type = imageType(bytes) else {
        throw StepFailure(
            .field,
            "`\(field)` holds \(bytes.count) bytes that are no PNG, JPEG, GIF or WebP, the images that models read"
        )
    }
    return "data:\(type);base64,\(base64(bytes))"
}

/// The media type of an image, told from the signature at its beginning; nil for one that models cannot read.
private func imageType(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if bytes.starts(with: Array("GIF87a".utf8)) || bytes.starts(with: Array("GIF89a".utf8)) {
        return "image/gif"
    }
    if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
        return "image/webp"
    }
    return nil
}
