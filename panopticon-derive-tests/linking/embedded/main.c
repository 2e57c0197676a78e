void print_components(void);

int main(void) {
    print_components();
    return 0;
}
