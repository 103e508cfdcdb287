// The floor of WEB_SCRAPE: each file read, parsed by libxml2 and asked the same two XPaths.
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>

static void evaluate(xmlDocPtr document, const char *path) {
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    xmlXPathObjectPtr object = xmlXPathEvalExpression((const xmlChar *)path, context);
    xmlChar *text = xmlXPathCastToString(object);
    if (text == NULL) abort();
    xmlFree(text);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
}

int main(int count, char **files) {
    for (int index = 1; index < count; index++) {
        FILE *file = fopen(files[index], "rb");
        if (file == NULL) return 1;
        fseek(file, 0, SEEK_END);
        long size = ftell(file);
        rewind(file);
        char *bytes = malloc((size_t)size);
        if (fread(bytes, 1, (size_t)size, file) != (size_t)size) return 1;
        fclose(file);
        xmlDocPtr document = htmlReadMemory(bytes, (int)size, NULL, NULL,
            HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT);
        free(bytes);
        evaluate(document, "count(//a[@href])");
        evaluate(document, "string(//title)");
        xmlFreeDoc(document);
    }
    return 0;
}
